/* Copies a passage with its formatting and its source line: <template id="copy-…"> holds both forms. */
const BORDERS = '<table border="1" cellpadding="4" cellspacing="0"';

/* Word and mail programs draw no lines around cells unless told to. */
const forPaste = (html) => html.replaceAll('<table', BORDERS);

function sourceOf(button) {
  const held = document.getElementById(button.dataset.copy).content;
  return { html: forPaste(held.querySelector('[data-html]').innerHTML), text: held.querySelector('[data-text]').textContent };
}

async function write({ html, text }) {
  if (navigator.clipboard?.write && window.ClipboardItem) {
    const item = new ClipboardItem({
      'text/html': new Blob([html], { type: 'text/html' }),
      'text/plain': new Blob([text], { type: 'text/plain' }),
    });
    try {
      await navigator.clipboard.write([item]);
      return true;
    } catch {
      return writeSelection(html, text);
    }
  }
  return writeSelection(html, text);
}

/* Without a secure address there is no Clipboard API: answer the browser's own copy event. */
function writeSelection(html, text) {
  const fill = (event) => {
    event.clipboardData.setData('text/html', html);
    event.clipboardData.setData('text/plain', text);
    event.preventDefault();
  };
  document.addEventListener('copy', fill, { once: true });
  const done = document.execCommand('copy');
  document.removeEventListener('copy', fill);
  return done;
}

const tell = (text) => document.dispatchEvent(new CustomEvent('quiver:toast', { detail: text }));

function remember({ asset, version, passage }) {
  const body = new URLSearchParams({ asset_id: asset, version_id: version, passage_id: passage ?? '' });
  fetch('/activity/copied', { method: 'POST', body, keepalive: true }).catch(() => {}); // the copy itself has worked
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  const done = await write(sourceOf(button));
  tell(done ? 'Copied with its source line' : 'The browser did not allow copying. Select the text and copy it by hand.');
  if (done) remember(button.dataset);
});
