document.querySelector("#root")?.append("Tandem");
