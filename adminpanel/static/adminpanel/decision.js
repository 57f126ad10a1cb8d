// What is asked first is at hand without the mouse. Chromium leaves `autofocus` alone now and then.
document.querySelector(".atelier-decision [autofocus]")?.focus();
