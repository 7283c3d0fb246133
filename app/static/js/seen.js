/* Tells the sender of a room that a person looks at this page, and for how long: only after somebody moved, typed, tapped or scrolled,
   and only the time in which the page was in front of them. To our own origin alone; keeps nothing in the browser. */
const page = document.querySelector('[data-seen]');
const EVERY = 10_000;
const signs = ['pointerdown', 'pointermove', 'keydown', 'touchstart', 'wheel'];
let person = false;
let since = document.hidden ? 0 : performance.now();
let looked = 0;

const count = () => {
  if (since) looked += performance.now() - since;
  since = document.hidden ? 0 : performance.now();
};

const tell = () => {
  count();
  if (!person) return;
  const seconds = Math.floor(looked / 1000);
  looked -= seconds * 1000;
  navigator.sendBeacon(page.dataset.seen, new URLSearchParams({ item: page.dataset.item ?? '', seconds: String(seconds) }));
};

const noticed = (event) => {
  if (!event.isTrusted || person) return;
  person = true;
  signs.forEach((sign) => removeEventListener(sign, noticed));
  tell();
};

if (page) {
  signs.forEach((sign) => addEventListener(sign, noticed, { passive: true }));
  document.addEventListener('visibilitychange', () => (document.hidden ? tell() : count()));
  addEventListener('pagehide', tell);
  setInterval(() => { if (!document.hidden) tell(); }, EVERY);
}
