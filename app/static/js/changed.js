/* An open asset page asks when its tab comes back, and each minute while it is looked at, whether readers get another version by now.
   It says so in a bar above the content and leaves the page as it is. */
const EVERY = 60_000;
const bar = document.querySelector('[data-changed]');

async function look() {
  if (document.visibilityState !== 'visible' || !bar.hidden) return;
  let told;
  try {
    const answer = await fetch(bar.dataset.changed, { headers: { Accept: 'application/json' } });
    if (!answer.ok) return; // signed out or gone meanwhile: the next click says so
    told = await answer.json();
  } catch {
    return; // no connection: the next look tries again
  }
  if (String(told.number) === bar.dataset.number) return;
  bar.querySelector('[data-words]').textContent = told.words;
  bar.hidden = false;
}

if (bar) {
  addEventListener('focus', look);
  document.addEventListener('visibilitychange', look);
  setInterval(look, EVERY);
}
