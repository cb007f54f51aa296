import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { autonomyQuery } from "../../shared/api/queries";
import { toast } from "../../shared/ui/toasts";
import { WhyDialog } from "../../shared/ui/why-dialog";

type Props = {
  loop: string;
  title: string;
  action: string;
  done: string;
  opened: boolean;
  onClose: () => void;
  act: (reason: string, form: FormData) => Promise<unknown>;
  children: ReactNode;
};

/** Asks why, and does it in the person's name; the page of autonomy is read again. */
export function ReasonDialog({ loop, done, act, ...rest }: Props) {
  const client = useQueryClient();
  const signed = async (reason: string, form: FormData) => {
    await act(reason, form);
    toast(done, "good");
    void client.invalidateQueries(autonomyQuery(loop));
  };
  return <WhyDialog {...rest} act={signed} note="It is recorded in the ledger with your name." />;
}
