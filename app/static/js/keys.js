/* Single keys, only outside fields; whoever turned them off in their account has none. `g` and a letter go to a page of the navigation. */
const FIELDS = 'input, textarea, select, [contenteditable], dialog[open] *';
const PATIENCE = 1500; // ms between g and its letter
const allowed = document.documentElement.dataset.singleKeys !== 'off';
let going = 0;

const ACTIONS = {
  '/': () => document.querySelector('[data-ask]')?.focus(),
  g: () => { going = Date.now(); },
  '?': showList,
};
const PRESSED = { c: '[data-copy]', a: '[data-kit-add]', e: '[data-editable]', s: '[data-share]' };

/* In the focused answer, else the first of the page. */
function nearest(selector) {
  return document.activeElement?.closest('article, li')?.querySelector(selector) ?? document.querySelector(`main ${selector}`);
}

/* What a letter presses; where there is no such thing the letter is left to the page, which may have a use of its own for it. */
function pressing(letter) {
  const found = PRESSED[letter] && nearest(PRESSED[letter]);
  return found && (() => found.click());
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
  const action = target ? () => location.assign(target.href) : ACTIONS[event.key] ?? pressing(event.key);
  if (!action) return;
  event.preventDefault();
  action();
});

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-keys-list]')) showList();
});
