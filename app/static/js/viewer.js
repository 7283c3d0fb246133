/* Turns pages in place: the strip and the arrows are links that also work without this. The text comes from the Content tab. */
const viewer = document.querySelector('[data-viewer]');

if (viewer) {
  const part = (name) => viewer.querySelector(`[data-stage${name}]`);
  const links = [...viewer.querySelectorAll('[data-at]')];
  const arrows = [...viewer.querySelectorAll('[data-step]')];
  const where = viewer.querySelector('[data-where]');
  const add = viewer.querySelector('[data-kit-add]');
  const mainCopy = document.querySelector('[data-copy="copy-shown"]');
  let place = links.findIndex((link) => link.hasAttribute('aria-current'));

  function setArrow(arrow) {
    const next = links[place + Number(arrow.dataset.step)];
    if (next) {
      arrow.href = next.href;
      arrow.removeAttribute('aria-disabled');
    } else {
      arrow.removeAttribute('href');
      arrow.setAttribute('role', 'link');
      arrow.setAttribute('aria-disabled', 'true');
    }
  }

  function show(number) {
    const link = links[number];
    const entry = document.getElementById(link.dataset.at);
    place = number;
    part('-label').textContent = entry.dataset.place;
    part('-heading').textContent = entry.dataset.title;
    part('-rich').innerHTML = entry.querySelector('[data-rich]').innerHTML;
    part('').setAttribute('aria-label', entry.dataset.label);
    part('').scrollTop = 0;
    where.textContent = `${number + 1} of ${links.length}`;
    links.forEach((other) => other.toggleAttribute('aria-current', other === link));
    link.setAttribute('aria-current', 'true');
    bring(link);
    arrows.forEach(setArrow);
    mainCopy.dataset.copy = `copy-${entry.dataset.passage}`;
    mainCopy.dataset.passage = entry.dataset.passage;
    if (add) add.href = entry.querySelector('[data-kit-add]').href;
    history.replaceState(null, '', link.href);
    document.getElementById('announce').textContent = entry.dataset.label;
  }

  /* Only the strip scrolls, never the page. */
  function bring(link) {
    const strip = link.closest('.strip');
    strip.scrollLeft = link.offsetLeft - strip.offsetLeft - (strip.clientWidth - link.clientWidth) / 2;
  }

  viewer.addEventListener('click', (event) => {
    const link = event.target.closest('[data-at], [data-step]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !links.length) return;
    event.preventDefault();
    const number = link.dataset.at ? links.indexOf(link) : place + Number(link.dataset.step);
    if (links[number]) show(number);
  });

  if (links[place]) bring(links[place]);
}
