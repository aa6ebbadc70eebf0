import { createRoot } from "react-dom/client";
import "../src/ui/styles/global.css";
import { startLocale } from "../src/i18n/index.ts";
import { startTheme, UiProvider } from "../src/ui/index.ts";
import { SinglePage } from "./page.tsx";

startTheme();
startLocale();

const place = document.getElementById("root");
if (!place) throw new Error("The document has no place for the page.");
createRoot(place).render(
  <UiProvider>
    <SinglePage />
  </UiProvider>,
);
