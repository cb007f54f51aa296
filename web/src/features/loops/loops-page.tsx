import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { loopsQuery } from "../../shared/api/queries";
import { count, humanise, percent } from "../../shared/format/format";
import { Card, Empty, Failure, PageBody, PageHead, Skeleton, Table } from "../../shared/ui/kit";

/** Which loops are there, and which of them needs people? */
export function LoopsPage() {
  const loops = useQuery(loopsQuery);
  return (
    <PageBody>
      <PageHead
        title="Loops"
        lead="Each loop says what comes in, what an answer looks like, who decides and what learns."
      />
      {loops.isError && <Failure what="The loops could not be read" error={loops.error} />}
      {loops.isPending && <Skeleton height={160} />}
      {loops.data && loops.data.length === 0 && (
        <Card>
          <Empty title="There is no loop yet">
            <p>Write a loop file and publish it with `tandem loop apply FILE`.</p>
          </Empty>
        </Card>
      )}
      {loops.data && loops.data.length > 0 && (
        <Card label="Loops" flush>
          <Table
            label="Loops"
            rows={loops.data}
            rowKey={(loop) => loop.name}
            columns={[
              {
                title: "Loop",
                cell: (loop) => (
                  <Link href={`/loops/${loop.name}/live`}>
                    <strong>{loop.title ?? loop.name}</strong>
                  </Link>
                ),
              },
              {
                title: "Mode",
                cell: (loop) =>
                  `${humanise(loop.mode)}${loop.coverage === "selective" ? ", selective" : ""}${loop.enforce === false ? ", on trial" : ""}`,
              },
              {
                title: "Waiting",
                number: true,
                cell: (loop) => (loop.open ? <Link href={`/inbox/${loop.name}`}>{count(loop.open)}</Link> : "0"),
              },
              {
                title: "Decided",
                number: true,
                cell: (loop) => <Link href={`/loops/${loop.name}/cases?status=decided`}>{count(loop.decided)}</Link>,
              },
              { title: "By the machine", number: true, cell: (loop) => percent(loop.automatic_share) },
              {
                title: "Version",
                number: true,
                cell: (loop) => <Link href={`/loops/${loop.name}`}>{loop.version}</Link>,
              },
            ]}
          />
        </Card>
      )}
    </PageBody>
  );
}
