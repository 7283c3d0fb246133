/* Every page: menus that close, the theme without a reload, focus on what went wrong, one question before a removal.
   Progressive enhancement only: every page works without this file. */
const root = document.documentElement;

const closeMenus = (except) => document.querySelectorAll('details[data-menu][open]').forEach((menu) => {
  if (menu !== except) menu.open = false;
});

document.addEventListener('click', (event) => closeMenus(event.target.closest('details[data-menu]')));

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const menu = event.target.closest?.('details[data-menu][open]');
  closeMenus();
  menu?.querySelector('summary').focus();
});

const isDark = () => root.dataset.theme === 'dark' || (!root.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);

async function switchTheme(form) {
  const theme = isDark() ? 'light' : 'dark';
  root.dataset.theme = theme;
  closeMenus();
  const body = new URLSearchParams({ theme, next: form.elements.next.value });
  try {
    await fetch(form.action, { method: 'POST', body, redirect: 'manual', headers: { Accept: 'application/json' } });
  } catch {
    document.dispatchEvent(new CustomEvent('quiver:toast', { detail: 'The change holds for this page only: the server did not answer.' }));
  }
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  const button = event.submitter;
  if (button?.dataset.confirm && !window.confirm(button.dataset.confirm)) {
    event.preventDefault();
    return;
  }
  if (form.matches('[data-theme-form]')) {
    event.preventDefault();
    switchTheme(form);
    return;
  }
  if (button?.dataset.busy) {
    button.textContent = button.dataset.busy;
    button.setAttribute('aria-busy', 'true');
  }
});

document.querySelector('[data-focus]')?.focus();

/* Facets are open beside the answers and folded on a phone. */
const wide = matchMedia('(min-width: 761px)');
const foldFacets = () => document.querySelectorAll('[data-facets]').forEach((facets) => { facets.open = wide.matches; });
foldFacets();
wide.addEventListener('change', foldFacets);
