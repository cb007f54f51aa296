import { useQuery } from "@tanstack/react-query";
import { Redirect } from "wouter";
import { loopsQuery } from "../../shared/api/queries";
import { Empty, Failure, PageBody, PageHead, Skeleton } from "../../shared/ui/kit";

/** `/live` leads to the live page of the first loop. */
export function LiveChooser() {
  const loops = useQuery(loopsQuery);
  const first = loops.data?.[0];
  if (first) return <Redirect to={`/loops/${first.name}/live`} replace />;
  return (
    <PageBody>
      <PageHead title="Live" />
      {loops.isError ? (
        <Failure what="The loops could not be read" error={loops.error} />
      ) : loops.isPending ? (
        <Skeleton height={140} />
      ) : (
        <Empty title="There is no loop yet">
          <p>Publish one with `tandem loop apply FILE`; its numbers then show here.</p>
        </Empty>
      )}
    </PageBody>
  );
}
