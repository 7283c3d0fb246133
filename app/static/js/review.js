/* The review list: select all, say how many are selected, arrow keys in the toolbar, the kind at once.
   Progressive enhancement only: boxes, buttons and the list of kinds work without this file. */
const bar = document.querySelector('[data-bulk]');
const boxes = [...document.querySelectorAll('input[form="bulk"][name="items"]')];

function count() {
  const chosen = boxes.filter((box) => box.checked).length;
  const all = bar.querySelector('[data-all]');
  all.checked = chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
  bar.querySelector('[data-chosen]').textContent = chosen ? `${chosen} selected` : `Select all ${boxes.length}`;
  bar.setAttribute('aria-label', chosen ? `With ${chosen} selected` : 'With the selected items');
}

if (bar) {
  bar.querySelector('[data-all]').addEventListener('change', (event) => {
    boxes.forEach((box) => { box.checked = event.target.checked; });
    count();
  });
  boxes.forEach((box) => box.addEventListener('change', count));
  bar.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const stops = [...bar.querySelectorAll('input[type="checkbox"], button')];
    const next = stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length];
    event.preventDefault();
    next.focus();
  });
  window.addEventListener('pageshow', count); // the browser keeps what was ticked when it comes back
  count();
}

document.querySelectorAll('[data-submit]').forEach((field) => field.addEventListener('change', () => field.form.requestSubmit()));
