/* Copies what a field shows this once: <button data-copy-field="id of the field">. */
const tell = (text) => document.dispatchEvent(new CustomEvent('quiver:toast', { detail: text }));

async function copy(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch { // without a secure address there is no Clipboard API
    return document.execCommand('copy');
  }
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy-field]');
  if (button) tell(await copy(document.getElementById(button.dataset.copyField)) ? 'Copied' : 'Select the text and copy it by hand.');
});

document.addEventListener('focusin', (event) => {
  if (event.target.matches('[data-select]')) event.target.select();
});
