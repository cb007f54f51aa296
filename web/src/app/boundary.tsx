import { Button } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { Failure, PageBody } from "../shared/ui/kit";

type Props = { path: string; children: ReactNode };

/**
 * A page that throws leaves the navigation and the other pages standing; going to another path
 * starts afresh. Claims and drafts live outside the page and stay.
 */
export class Boundary extends Component<Props, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error ?? new Error("The page failed without a reason.") };
  }

  override componentDidUpdate(before: Props) {
    if (before.path !== this.props.path && this.state.error !== null) this.setState({ error: null });
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <PageBody>
        <Failure
          what="This page has failed; your drafts are kept"
          error={this.state.error}
          action={
            <Button size="xs" variant="default" onClick={() => this.setState({ error: null })}>
              Show the page again
            </Button>
          }
        />
      </PageBody>
    );
  }
}
