/* Every page: menus that close, the theme without a reload, focus on what went wrong, one question before a removal.
   Progressive enhancement only: every page works without this file. */
const root = document.documentElement;

const closeMenus = (except) => document.querySelectorAll('details[data-menu][open]').forEach((menu) => {
  if (menu !== except) menu.open = false;
});

document.addEventListener('click', (event) => closeMenus(event.target.closest('details[data-menu]')));

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const menu = event.target.closest?.('details[data-menu][open]');
  closeMenus();
  menu?.querySelector('summary').focus();
});

const isDark = () => root.dataset.theme === 'dark' || (!root.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);

async function switchTheme(form) {
  const theme = isDark() ? 'light' : 'dark';
  root.dataset.theme = theme;
  closeMenus();
  const body = new URLSearchParams({ theme, next: form.elements.next.value });
  try {
    await fetch(form.action, { method: 'POST', body, redirect: 'manual', headers: { Accept: 'application/json' } });
  } catch {
    document.dispatchEvent(new CustomEvent('quiver:toast', { detail: 'The change holds for this page only: the server did not answer.' }));
  }
}

/* A removal asks first, in the page's own dialog; focus goes back to the button. */
function ask(button) {
  const dialog = document.getElementById('confirm');
  dialog.querySelector('h2').textContent = button.dataset.confirm;
  dialog.querySelector('p').textContent = button.dataset.confirmText;
  dialog.querySelector('[value="yes"]').textContent = button.textContent.trim();
  dialog.returnValue = '';
  dialog.addEventListener('close', () => {
    if (dialog.returnValue !== 'yes') return;
    button.dataset.confirmed = 'yes';
    button.form.requestSubmit(button);
  }, { once: true });
  dialog.showModal();
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  const button = event.submitter;
  if (button?.dataset.confirm && !button.dataset.confirmed) {
    event.preventDefault();
    ask(button);
    return;
  }
  if (form.matches('[data-theme-form]')) {
    event.preventDefault();
    switchTheme(form);
    return;
  }
  if (button?.dataset.busy && !event.defaultPrevented) showBusy(button);
});

/* The style sheet shows a ring and the verb in place of its words; coming back to the page undoes it. */
function showBusy(button) {
  const announce = document.getElementById('announce');
  if (announce) announce.textContent = button.dataset.busy;
  button.setAttribute('aria-busy', 'true');
  window.addEventListener('pageshow', () => button.removeAttribute('aria-busy'), { once: true });
}

document.querySelector('[data-focus]')?.focus();

/* Facets are open beside the answers and folded on a phone. */
const wide = matchMedia('(min-width: 761px)');
const foldFacets = () => document.querySelectorAll('[data-facets]').forEach((facets) => { facets.open = wide.matches; });
foldFacets();
wide.addEventListener('change', foldFacets);
