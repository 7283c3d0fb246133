/* A business case while somebody types: a field with an error is marked as such, what failed is told. The answers come by htmx. */
const form = document.getElementById('case');

const mark = () => {
  for (const told of document.querySelectorAll('[data-for]')) {
    const field = document.getElementById(told.dataset.for);
    if (told.matches('.err') && told.textContent.trim()) field?.setAttribute('aria-invalid', 'true');
    else field?.removeAttribute('aria-invalid');
  }
};

/* What it comes to is said once typing has stopped, not with every key. */
let saying;
document.addEventListener('htmx:afterSettle', () => {
  mark();
  clearTimeout(saying);
  saying = setTimeout(() => {
    document.getElementById('announce').textContent = document.querySelector('#case-doc h2')?.textContent ?? '';
  }, 1000);
});

function failed() {
  const detail = 'The document did not follow. What you typed is still here; press “Update the document”.';
  document.dispatchEvent(new CustomEvent('quiver:toast', { detail }));
}
document.addEventListener('htmx:responseError', failed);
document.addEventListener('htmx:sendError', failed);

/* Once the form itself is on its way, nothing is asked for typing any more. A file leaves the page as it is. */
let isLeaving = false;
form?.addEventListener('submit', (event) => {
  isLeaving = !event.submitter?.hasAttribute('formaction');
});
form?.addEventListener('htmx:beforeRequest', (event) => { if (isLeaving) event.preventDefault(); });
window.addEventListener('pageshow', () => { isLeaving = false; });

/* Whoever goes to a figure replaces it, also one who was there before this script; another tap puts the cursor into it. */
const choose = (field) => {
  if (field.inputMode === 'decimal') field.select();
};
form?.addEventListener('focusin', ({ target }) => choose(target));
const active = document.activeElement;
if (form?.contains(active) && active.value === active.defaultValue) choose(active);

/* A file leaves the page as it is, so nothing tells the reader that it is being made; the button does. */
form?.addEventListener('submit', (event) => {
  const button = event.submitter;
  if (!button?.hasAttribute('formaction')) return;
  button.setAttribute('aria-busy', 'true');
  setTimeout(() => button.removeAttribute('aria-busy'), 4000);
});

/* Figures typed before this script was there, or that the browser put back after a reload, count like any other. */
document.addEventListener('DOMContentLoaded', () => {
  const isTyped = (field) => 'defaultValue' in field && field.type !== 'file' && field.value !== field.defaultValue;
  if (form && [...form.elements].some(isTyped)) form.dispatchEvent(new Event('change', { bubbles: true }));
});
