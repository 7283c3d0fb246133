/* “Add to kit” opens the choice of a kit in a dialog instead of on a page, adds without leaving, and brings the rail up to date. */
const PARTIAL = { 'HX-Request': 'true' };
const dialog = document.getElementById('kit-dialog');
const tell = (text) => document.dispatchEvent(new CustomEvent('quiver:toast', { detail: text }));

function show(html) {
  dialog.querySelector('[data-choice]').innerHTML = html;
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector('[data-focus]') ?? dialog.querySelector('[data-choice] button'))?.focus();
}

async function choose(link) {
  const answer = await fetch(link.href, { headers: PARTIAL }).catch(() => null);
  if (answer?.ok) show(await answer.text());
  else location.assign(link.href); // the page says what is wrong
}

async function add(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  const answer = await fetch(form.action, { method: 'POST', body, headers: PARTIAL }).catch(() => null);
  const html = answer?.headers.get('content-type')?.startsWith('text/html') ? await answer.text() : '';
  if (answer?.ok) {
    const held = document.createElement('template');
    held.innerHTML = html;
    const card = held.content.getElementById('current-kit');
    document.getElementById('current-kit')?.replaceWith(card);
    dialog.close();
    tell(card.dataset.told);
  } else if (html && [403, 422].includes(answer.status)) {
    show(html);
  } else {
    tell('That did not go through, so nothing was added. Try again.');
  }
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-kit-add]');
  if (!link || !dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  choose(link);
});

dialog?.addEventListener('submit', (event) => {
  if (!event.target.matches('[data-choose]')) return;
  event.preventDefault();
  add(event.target, event.submitter);
});
