import { Button } from "@mantine/core";
import { useState } from "react";
import { Icon } from "../../shared/ui/icons";
import { Note } from "../../shared/ui/kit";
import css from "./settings.module.css";

/** A secret that is shown this once, with a button that copies it. */
export function Once({ title, secret, children }: { title: string; secret: string; children: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret);
      setCopied(true);
    } catch {
      // Without the clipboard the person selects the text; it stays on the page.
      setCopied(false);
    }
  };
  return (
    <Note
      tone="good"
      title={title}
      action={
        <Button onClick={copy} leftSection={<Icon name="copy" />}>
          {copied ? "Copied" : "Copy"}
        </Button>
      }
    >
      {children}
      <code className={css.secret}>{secret}</code>
    </Note>
  );
}
