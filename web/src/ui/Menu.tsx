/** A button that opens a menu; arrows walk it, Escape closes it, focus comes back. */
import { type ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon, IconButton, type IconName } from "./Icon";

export interface MenuItem {
  readonly icon: IconName;
  readonly label: string;
  readonly run: () => void;
  readonly danger?: boolean;
  /** Where there is a button for it beside the menu it is in the menu only where that button is not. */
  readonly onlyNarrow?: boolean;
}

interface PopoverProps {
  readonly icon: IconName;
  readonly label: string;
  readonly class?: string;
  readonly onOpen?: (open: boolean) => void;
  readonly children: (close: () => void) => ComponentChildren;
}
/** What hangs at a button, within the window, until one looks elsewhere. */
export function Popover({ icon, label, class: extra = "", onOpen, children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const ref = useRef<HTMLSpanElement>(null);
  const close = (): void => {
    setOpen(false);
    ref.current?.querySelector("button")?.focus();
  };
  useEffect(() => onOpen?.(open), [open]);
  useLayoutEffect(() => {
    if (!open) return;
    const box = ref.current?.querySelector<HTMLElement>(".popover");
    const anchor = ref.current?.getBoundingClientRect();
    box?.showPopover(); // above everything, whatever clips the button
    if (box && anchor) place(box, anchor);
    const away = (event: Event): void => void (!ref.current?.contains(event.target as Node) && setOpen(false));
    addEventListener("pointerdown", away, true);
    return () => removeEventListener("pointerdown", away, true);
  }, [open]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !open) return;
    event.stopPropagation();
    close();
  };
  return (
    <span class="anchor" ref={ref} onKeyDown={onKeyDown}>
      <IconButton icon={icon} label={label} class={extra} expanded={open} onClick={() => setOpen(!open)} />
      {open && (
        <div class="popover" popover="manual">
          {children(close)}
        </div>
      )}
    </span>
  );
}

const MARGIN = 8;
function place(box: HTMLElement, anchor: DOMRect): void {
  const { width, height } = box.getBoundingClientRect();
  const start = document.documentElement.dir === "rtl" ? anchor.left : anchor.right - width;
  const left = Math.max(MARGIN, Math.min(start, innerWidth - width - MARGIN));
  const below = anchor.bottom + height + MARGIN < innerHeight;
  const top = below ? anchor.bottom + 4 : Math.max(MARGIN, anchor.top - height - 4);
  Object.assign(box.style, { left: `${left}px`, top: `${top}px` });
  [...box.querySelectorAll<HTMLElement>("button, input")].find((one) => one.checkVisibility())?.focus();
}

export function Menu({ items, ...props }: Omit<PopoverProps, "children"> & { readonly items: readonly MenuItem[] }) {
  return (
    <Popover {...props}>
      {(close) => (
        <div class="menu" role="menu" onKeyDown={walk}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              class={`${item.danger ? "danger" : ""} ${item.onlyNarrow ? "only-narrow" : ""}`}
              onClick={() => (close(), item.run())}
            >
              <Icon name={item.icon} />
              {item.label}
            </button>
          ))}
        </div>
      )}
    </Popover>
  );
}

function walk(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll("button")].filter((b) => b.checkVisibility());
  const at = all.indexOf(document.activeElement as HTMLButtonElement);
  all[(at + step + all.length) % all.length]?.focus();
}
