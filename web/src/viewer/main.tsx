document.title = "Breakwater";
