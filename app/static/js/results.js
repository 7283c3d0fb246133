/* After a facet changed: say how many answers there are, fold facets again on a phone. htmx keeps the focus by id. */
const results = () => document.getElementById('results');

document.addEventListener('htmx:beforeRequest', () => results()?.setAttribute('aria-busy', 'true'));

document.addEventListener('htmx:afterSettle', () => {
  document.getElementById('announce').textContent = results().dataset.announce;
});

function failed() {
  results()?.removeAttribute('aria-busy');
  document.dispatchEvent(new CustomEvent('quiver:toast', { detail: 'The answers did not come. The old ones are still shown; try again.' }));
}

document.addEventListener('htmx:responseError', failed);
document.addEventListener('htmx:sendError', failed);

/* What was folded or open stays so over the change. */
let open = true;
document.addEventListener('htmx:beforeSwap', () => { open = document.querySelector('[data-facets]')?.open ?? true; });
document.addEventListener('htmx:afterSwap', () => { document.querySelector('[data-facets]').open = open; });
