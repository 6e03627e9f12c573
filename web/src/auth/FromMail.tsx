/** Where a link of a mail leads: one step, which nobody takes for the reader, and then the page. */
import { type ComponentChildren } from "preact";
import { go, href } from "../app/router";
import { say } from "../app/toasts";
import { Form } from "../ui/Field";

interface Props {
  readonly title: string;
  readonly submit?: string;
  readonly step: () => Promise<unknown>;
  /** Said when it is done. */
  readonly done: string;
  readonly children: ComponentChildren;
  readonly below?: ComponentChildren;
}

export function FromMail({ title, submit = title, step, done, children, below }: Props) {
  const take = async (): Promise<void> => {
    await step();
    say(done);
    go(href.home, { replace: true });
  };
  return (
    <main class="auth">
      <div class="card">
        <h1>{title}</h1>
        <Form submit={submit} onSubmit={take}>
          {children}
        </Form>
        {below}
      </div>
    </main>
  );
}
