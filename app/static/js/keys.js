/* Single keys, only outside fields; whoever turned them off in their account has none. `g` and a letter go to a page of the navigation. */
const FIELDS = 'input, textarea, select, [contenteditable], dialog[open] *';
const PATIENCE = 1500; // ms between g and its letter
const allowed = document.documentElement.dataset.singleKeys !== 'off';
let going = 0;

const ACTIONS = {
  '/': () => document.querySelector('[data-ask]')?.focus(),
  c: () => nearest('[data-copy]')?.click(),
  a: () => nearest('[data-kit-add]')?.click(),
  e: () => nearest('[data-editable]')?.click(),
  s: () => nearest('[data-share]')?.click(),
  g: () => { going = Date.now(); },
  '?': showList,
};

/* In the focused answer, else the first of the page. */
function nearest(selector) {
  return document.activeElement?.closest('article, li')?.querySelector(selector) ?? document.querySelector(`main ${selector}`);
}

function showList() {
  const list = document.getElementById('keys');
  if (!document.querySelector('dialog[open]')) list?.showModal();
}

/* The page of this letter, when it is one this person may open. */
const page = (letter) => (/^[a-z]$/.test(letter) ? document.querySelector(`[data-go="${letter}"]`) : null);

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.matches?.(FIELDS) || !allowed) return;
  const target = Date.now() - going < PATIENCE ? page(event.key) : null;
  going = 0;
  const action = target ? () => location.assign(target.href) : ACTIONS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-keys-list]')) showList();
});
