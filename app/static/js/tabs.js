/* Turns a row of links to sections into tabs; without a script the sections stand below one another. */
document.querySelectorAll('[data-tabs]').forEach((row) => {
  const tabs = [...row.querySelectorAll('a')];
  const panel = (tab) => document.getElementById(tab.hash.slice(1));

  function pick(chosen, focus = false) {
    tabs.forEach((tab) => {
      const on = tab === chosen;
      tab.setAttribute('aria-selected', on);
      tab.tabIndex = on ? 0 : -1;
      panel(tab).hidden = !on;
    });
    if (focus) chosen.focus();
  }

  row.setAttribute('role', 'tablist');
  tabs.forEach((tab) => {
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-controls', panel(tab).id);
    panel(tab).setAttribute('role', 'tabpanel');
  });
  row.addEventListener('click', (event) => {
    const tab = event.target.closest('a');
    if (!tab) return;
    event.preventDefault();
    pick(tab);
    history.replaceState(null, '', tab.hash);
  });
  row.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) pick(tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length], true);
    if (event.key === ' ') { event.preventDefault(); pick(event.target); }
  });

  const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  pick(tabs.find((tab) => target && panel(tab).contains(target)) ?? tabs[0]);
});
