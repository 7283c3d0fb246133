/* Single keys, only outside fields; the account page can turn them off. */
const FIELDS = 'input, textarea, select, [contenteditable], dialog[open] *';

const allowed = () => document.documentElement.dataset.singleKeys !== 'off';

const ACTIONS = {
  '/': () => document.querySelector('[data-ask]')?.focus(),
  c: () => nearest('[data-copy]')?.click(),
  e: () => nearest('[data-editable]')?.click(),
  '?': showList,
};

/* In the focused answer, else the first of the page. */
function nearest(selector) {
  return document.activeElement?.closest('article, li')?.querySelector(selector) ?? document.querySelector(`main ${selector}`);
}

function showList() {
  document.getElementById('keys')?.showModal();
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.(FIELDS) || !allowed()) return;
  const action = ACTIONS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-keys-list]')) showList();
});
