import "./api/strict.ts";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import "./ui/styles/global.css";
import { getEngine, isApiError, isUnlocked, onSessionEnd } from "./api/index.ts";
import { takeFragment } from "./features/enrol/fragment.ts";
import { startLocale } from "./i18n/index.ts";
import { makeRouter } from "./routes/router.tsx";
import { startTheme, UiProvider } from "./ui/index.ts";

// The order matters: the invitation's secret leaves the address bar before a router reads it.
takeFragment();
startTheme();
startLocale();

const MAX_RETRIES = 2;

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) =>
        isApiError(error) && (error.code === "network.failed" || error.status >= 500) && failures < MAX_RETRIES,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
const router = makeRouter(queryClient);

// The session ended under a page that was open: its content goes, and sign-in says why.
onSessionEnd(() => {
  if (isUnlocked()) void getEngine().then((engine) => engine.lock());
  queryClient.clear();
  const { href, pathname } = router.state.location;
  if (pathname !== "/sign-in" && pathname !== "/enrol")
    void router.navigate({ to: "/sign-in", search: pathname === "/" ? {} : { next: href } });
});

function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <UiProvider>
        <RouterProvider router={router} />
      </UiProvider>
    </QueryClientProvider>
  );
}

const place = document.getElementById("root");
if (!place) throw new Error("The document has no place for the application.");
createRoot(place).render(<App />);
