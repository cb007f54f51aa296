import { memo } from "react";
import { count, duration } from "../../shared/format/format";
import { Card, Facts } from "../../shared/ui/kit";
import { median } from "./inbox-store";

export const SessionPanel = memo(function SessionPanel({
  judged,
  times,
}: {
  judged: number;
  times: readonly number[];
}) {
  return (
    <Card title="This session">
      <Facts
        rows={[
          ["Judged", count(judged)],
          ["Median time", duration(median(times))],
        ]}
      />
    </Card>
  );
});
