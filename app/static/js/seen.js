/* Tells the sender of a room that a person looks at this page, and for how long: only after somebody moved, typed, tapped or scrolled,
   and only the time in which the page was in front of them. To our own origin alone; keeps nothing in the browser. A page that is
   refused, because its link was revoked or ended, tells nothing more. */
const page = document.querySelector('[data-seen]');
const EVERY = 10_000;
const signs = ['pointerdown', 'pointermove', 'keydown', 'touchstart', 'wheel'];
let person = false;
let refused = false;
let since = document.hidden ? 0 : performance.now();
let looked = 0;
let timer = 0;

const count = () => {
  if (since) looked += performance.now() - since;
  since = document.hidden ? 0 : performance.now();
};

const tell = async () => {
  count();
  if (!person || refused) return;
  const seconds = Math.floor(looked / 1000);
  looked -= seconds * 1000;
  const body = new URLSearchParams({ item: page.dataset.item ?? '', seconds: String(seconds) });
  const answer = await fetch(page.dataset.seen, { method: 'POST', body, keepalive: true }).catch(() => null);
  refused = answer !== null && answer.status >= 400 && answer.status < 500;
  if (refused) clearInterval(timer);
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
  timer = setInterval(() => { if (!document.hidden) tell(); }, EVERY);
}
