import { act, Component, type ComponentType, type ReactNode, useLayoutEffect } from "react";
import { createRoot } from "react-dom/client";
import { expect, test, vi } from "vitest";
import { onDemand } from "./on-demand";

const Whole = ({ word }: { word: string }) => <b>{word}</b>;

async function shown(content: ReactNode): Promise<{ box: HTMLElement; draw: (next: ReactNode) => Promise<void> }> {
  const box = document.createElement("div");
  const root = createRoot(box);
  const draw = (next: ReactNode) => act(async () => root.render(next));
  await draw(content);
  return { box, draw };
}

test("what stands in its place gives way once its code is there; drawn again, it is there at once", async () => {
  let come: (part: ComponentType<{ word: string }>) => void = () => undefined;
  const read = vi.fn(() => new Promise<ComponentType<{ word: string }>>((resolve) => (come = resolve)));
  const Part = onDemand(read, () => <i>wait</i>);
  const { box, draw } = await shown(<Part word="one" />);
  expect(box.innerHTML).toBe("<i>wait</i>");
  await act(async () => come(Whole));
  expect(box.innerHTML).toBe("<b>one</b>");
  await draw(<Part key="again" word="two" />);
  expect(box.innerHTML).toBe("<b>two</b>");
  expect(read).toHaveBeenCalledTimes(1);
});

const Late = onDemand(() => Promise.resolve(Whole));

/** Asks for the code once the part has been drawn, before the part does. */
function Loading() {
  useLayoutEffect(Late.load, []);
  return <Late word="here" />;
}

test("code that comes between its drawing and its effects is not missed", async () => {
  const box = document.createElement("div");
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", false);
  createRoot(box).render(<Loading />);
  await vi.waitFor(() => expect(box.innerHTML).toBe("<b>here</b>"));
  vi.unstubAllGlobals();
});

class Caught extends Component<{ children: ReactNode }> {
  override state = { said: "" };
  static getDerivedStateFromError = (error: Error) => ({ said: error.message });
  override render = () => this.state.said || this.props.children;
}

test("code that does not come is an error of what draws it; asked for ahead, it is none", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const Part = onDemand<{ word: string }>(() => Promise.reject(new Error("no network")));
  Part.load();
  const { box } = await shown(
    <Caught>
      <Part word="never" />
    </Caught>,
  );
  await vi.waitFor(() => expect(box.textContent).toBe("no network"));
});
