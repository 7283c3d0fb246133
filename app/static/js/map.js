/* The map is one stop on the way through the page; inside it the arrow keys go from square to square. Without this file every
   square is a stop of its own. */
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const table = document.querySelector('[data-map]');
const rows = table ? [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll('.cell')]) : [];
const squares = rows.flat();

function stopAt(square) {
  squares.forEach((each) => { each.tabIndex = each === square ? 0 : -1; });
}

function next(from, key) {
  const row = rows.findIndex((each) => each.includes(from));
  const column = rows[row].indexOf(from);
  if (key === 'Home') return rows[row][0];
  if (key === 'End') return rows[row].at(-1);
  const [down, right] = STEPS[key];
  return rows[row + down]?.[column + right];
}

if (squares.length) {
  stopAt(table.querySelector('.cell[aria-current]') ?? squares[0]);
  table.addEventListener('focusin', (event) => {
    const square = event.target.closest('.cell');
    if (square) stopAt(square);
  });
  table.addEventListener('keydown', (event) => {
    const square = event.target.closest('.cell');
    if (!square || event.ctrlKey || event.altKey || event.metaKey || !(event.key in STEPS || ['Home', 'End'].includes(event.key))) return;
    event.preventDefault();
    next(square, event.key)?.focus();
  });
}
