/* Sends files a few at a time, each in parts: begun with name and size, appended, finished. A lost connection costs the rest of one part:
   the browser asks where the server's file ends and goes on from there, also after a reload when the same file is chosen again. */
const AT_ONCE = 3;
const ADDRESS = '/upload/incoming';
const KNOWN = 'quiver-uploads';
const LONGEST_WAIT = 30000;
const AGAIN = new Set([408, 409, 425, 429, 500, 502, 503, 504]);

class Refusal extends Error {}
class Lost extends Error {}

const waiting = [];
let running = 0;

/* Which upload a file belongs to, remembered in this browser; a file changed meanwhile is another one. */
const known = {
  name: (job) => `${job.folder}/${job.file.name}|${job.file.size}|${job.file.lastModified}`,
  read() {
    try {
      return JSON.parse(localStorage.getItem(KNOWN)) ?? {};
    } catch {
      return {};
    }
  },
  write(change) {
    try {
      const all = known.read();
      change(all);
      localStorage.setItem(KNOWN, JSON.stringify(all));
    } catch {
      // without a memory the file is sent from its beginning
    }
  },
};

/* A job tells its row through `on`: waiting, progress(sent), lost(why), kept(files), failed(why, again), safe. */
export function queue(job) {
  job.stopped = false;
  job.on.waiting();
  waiting.push(job);
  startNext();
}

export function cancel(job) {
  job.stopped = true;
  const place = waiting.indexOf(job);
  if (place >= 0) waiting.splice(place, 1);
  job.request?.abort();
  job.wake?.();
  forget(job);
  if (job.key) post(`${ADDRESS}/${job.key}/cancel`).catch(() => {});
}

export const isBusy = () => running > 0 || waiting.length > 0;
export const wake = (job) => job.wake?.();

function forget(job) {
  known.write((all) => { delete all[known.name(job)]; });
}

function startNext() {
  while (running < AT_ONCE && waiting.length) {
    running += 1;
    send(waiting.shift()).finally(() => { running -= 1; startNext(); });
  }
}

async function send(job) {
  for (let failures = 0; !job.stopped; failures += 1) {
    const before = job.offset;
    try {
      await begin(job);
      while (job.offset < job.file.size) await sendPart(job);
      job.on.safe();
      const told = await post(`${ADDRESS}/${job.key}/finish`);
      forget(job);
      job.on.kept(told.files);
      return;
    } catch (error) {
      if (job.stopped) return;
      if (error instanceof Refusal) {
        forget(job);
        job.on.failed(error.message, error.files);
        return;
      }
      if (job.offset > before) failures = 0;
      job.on.lost(job.offset ?? 0);
      await rest(job, Math.min(LONGEST_WAIT, 1000 * 2 ** failures));
    }
  }
}

async function begin(job) {
  job.key ??= known.read()[known.name(job)];
  if (job.key) {
    const state = await ask(`${ADDRESS}/${job.key}`);
    if (state) {
      job.offset = state.offset;
      return;
    }
  }
  const body = new FormData();
  for (const [name, value] of [['name', job.file.name], ['size', job.file.size], ['folder', job.folder]]) body.append(name, value);
  const told = await post(ADDRESS, body);
  job.key = told.key;
  job.offset = told.offset;
  known.write((all) => { all[known.name(job)] = told.key; });
}

function sendPart(job) {
  const part = job.file.slice(job.offset, job.offset + job.part);
  const request = new XMLHttpRequest();
  job.request = request;
  return new Promise((done, failed) => {
    request.open('POST', `${ADDRESS}/${job.key}/parts?offset=${job.offset}`);
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.responseType = 'json';
    request.upload.addEventListener('progress', (event) => job.on.progress(job.offset + event.loaded));
    request.addEventListener('load', () => {
      if (request.status < 400) {
        job.offset = request.response.offset;
        job.on.progress(job.offset);
        done();
      } else failed(fault(request.status, request.response));
    });
    request.addEventListener('error', () => failed(new Lost()));
    request.addEventListener('abort', () => failed(new Lost()));
    request.send(part);
  });
}

function fault(status, told) {
  if (AGAIN.has(status) || status === 404) return new Lost();
  const refusal = new Refusal(told?.detail ?? `The server answered ${status} and did not keep the file.`);
  refusal.files = told?.files;
  return refusal;
}

/* The answer, or nothing when there is no such upload any more: then the file is begun anew. */
async function ask(address) {
  const answer = await fetch(address, { headers: { Accept: 'application/json' } }).catch(() => { throw new Lost(); });
  if (answer.status === 404) return null;
  if (!answer.ok) throw fault(answer.status, await answer.json().catch(() => null));
  return answer.json();
}

async function post(address, body) {
  const answer = await fetch(address, { method: 'POST', body, headers: { Accept: 'application/json' } }).catch(() => { throw new Lost(); });
  if (answer.status === 204) return null;
  const told = await answer.json().catch(() => null);
  if (!answer.ok) throw fault(answer.status, told);
  return told;
}

/* A pause that ends early when the network is back or somebody presses "Try again". */
function rest(job, longest) {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener('online', end);
      job.wake = null;
      done();
    };
    const timer = setTimeout(end, longest);
    window.addEventListener('online', end);
    job.wake = end;
  });
}
