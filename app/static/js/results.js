/* After a facet changed: say how many answers there are, fold facets again as they were. htmx keeps the focus by id.
   The address always carries what was asked for, so that copying it passes on the same answers. */
const results = () => document.getElementById('results');
const isAnswers = (event) => (event.detail.target ?? event.target)?.id === 'results';

const showAddress = () => {
  const address = results()?.dataset.address;
  if (address && `${location.pathname}${location.search}` !== address) history.replaceState(history.state, '', address);
};
showAddress();

document.addEventListener('htmx:beforeRequest', (event) => {
  if (isAnswers(event)) results().setAttribute('aria-busy', 'true');
});

document.addEventListener('htmx:afterSettle', (event) => {
  if (!isAnswers(event)) return;
  document.getElementById('announce').textContent = results().dataset.announce;
  showAddress();
});

function failed(event) {
  results()?.removeAttribute('aria-busy');
  const detail = isAnswers(event) ? 'The answers did not come. The old ones are still shown; try again.' : 'That did not come. Open the link instead.';
  document.dispatchEvent(new CustomEvent('quiver:toast', { detail }));
}

document.addEventListener('htmx:responseError', failed);
document.addEventListener('htmx:sendError', failed);

/* What was folded or open stays so over the change. */
const FOLDS = '[data-facets], [data-fold]';
let folds = [];
document.addEventListener('htmx:beforeSwap', (event) => {
  if (isAnswers(event)) folds = [...document.querySelectorAll(FOLDS)].map((fold) => fold.open);
});
document.addEventListener('htmx:afterSwap', (event) => {
  if (!isAnswers(event)) return;
  document.querySelectorAll(FOLDS).forEach((fold, number) => { fold.open = folds[number] ?? fold.open; });
});
