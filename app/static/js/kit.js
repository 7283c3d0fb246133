/* Entries of a kit can be dragged by their grip; the arrows beside them do the same without this file. */
const list = document.querySelector('[data-kit]');
let dragged = null;

const entries = () => [...list.querySelectorAll('[data-item]')];

/* Above or below the middle of the entry under the pointer. */
const isBelow = (entry, event) => event.clientY > entry.getBoundingClientRect().top + entry.offsetHeight / 2;

function clear() {
  entries().forEach((entry) => entry.classList.remove('is-above', 'is-below', 'is-dragged'));
}

function move(entry, place) {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = `${list.dataset.kit}/items/${entry.dataset.item}/move`;
  for (const [name, value] of Object.entries({ place, revision: list.dataset.revision })) {
    const field = document.createElement('input');
    Object.assign(field, { type: 'hidden', name, value });
    form.append(field);
  }
  list.append(form);
  form.submit();
}

list?.addEventListener('dragstart', (event) => {
  dragged = event.target.closest('[data-item]');
  dragged.classList.add('is-dragged');
  event.dataTransfer.effectAllowed = 'move';
  event.dataTransfer.setData('text/plain', dragged.dataset.item);
});

list?.addEventListener('dragover', (event) => {
  const entry = event.target.closest('[data-item]');
  if (!dragged || !entry) return;
  event.preventDefault();
  entries().forEach((other) => other.classList.remove('is-above', 'is-below'));
  entry.classList.add(isBelow(entry, event) ? 'is-below' : 'is-above');
});

list?.addEventListener('drop', (event) => {
  const entry = event.target.closest('[data-item]');
  if (!dragged || !entry) return;
  event.preventDefault();
  const others = entries().filter((other) => other !== dragged);
  const at = entry === dragged ? entries().indexOf(dragged) : others.indexOf(entry) + (isBelow(entry, event) ? 1 : 0);
  if (at !== entries().indexOf(dragged)) move(dragged, at);
});

list?.addEventListener('dragend', () => {
  clear();
  dragged = null;
});
