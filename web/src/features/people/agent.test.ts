import { expect, test } from "vitest";
import { agentName } from "./agent.ts";

test("agentName names browser and system, and nothing that it does not know", () => {
  const chrome =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
  expect(agentName(chrome)).toBe("Chrome, Linux");
  expect(agentName(`${chrome} Edg/156.0.0.0`)).toBe("Edge, Linux");
  expect(agentName("Mozilla/5.0 (iPhone; CPU iPhone OS 20_0 like Mac OS X) AppleWebKit Version/20 Safari/604.1")).toBe(
    "Safari, iOS",
  );
  expect(agentName("breakwater-cli")).toBe("");
});
