/* Says what was done, bottom centre, for six seconds; stays while it is hovered or focused. Other scripts send `quiver:toast`. */
const LIFE = 6000;
const box = document.querySelector('.toasts');
let timer = 0;

const later = () => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (box.matches(':hover, :focus-within')) later();
    else box.replaceChildren();
  }, LIFE);
};

document.addEventListener('quiver:toast', (event) => {
  const toast = document.createElement('div');
  toast.className = 'toast';
  toast.textContent = event.detail;
  box.replaceChildren(toast);
  later();
});

if (box.firstElementChild) later();
