/* A time of the transcript plays from there; without this its link opens the page at that time. */
const player = document.querySelector('[data-player]');
const said = player?.querySelector('.said');
const here = said?.querySelector('.is-at');
const mainCopy = document.querySelector('[data-copy="copy-shown"]');

if (here) said.scrollTop = here.offsetTop; // only the list scrolls, never the page

player?.addEventListener('click', (event) => {
  const link = event.target.closest('[data-seconds]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const media = player.querySelector('video, audio');
  media.currentTime = Number(link.dataset.seconds);
  media.play().catch(() => {}); // a browser may want a press on the player itself first
  for (const item of said.querySelectorAll('li')) {
    const isThis = item.contains(link);
    item.classList.toggle('is-at', isThis);
    if (isThis) item.querySelector('a').setAttribute('aria-current', 'true');
    else item.querySelector('a')?.removeAttribute('aria-current');
  }
  if (mainCopy) {
    mainCopy.dataset.copy = `copy-${link.dataset.of}`;
    mainCopy.dataset.passage = link.dataset.of;
  }
  history.replaceState(null, '', link.href);
});
