import {
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from "@mantine/core";
import { cssVariables, dark, light, type Tokens } from "./tokens";

/** Buttons take their colours from our tokens, by variant alone. */
const variants: VariantColorsResolver = ({ variant }) => {
  switch (variant) {
    case "filled":
      return {
        background: "var(--td-accent)",
        hover: "var(--td-accent-hover)",
        color: "var(--td-on-accent)",
        border: "1px solid transparent",
      };
    case "good":
      return {
        background: "var(--td-good)",
        hover: "var(--td-good-hover)",
        color: "var(--td-on-good)",
        border: "1px solid transparent",
      };
    case "danger":
      return {
        background: "var(--td-surface)",
        hover: "var(--td-bad-soft)",
        color: "var(--td-bad-text)",
        border: "1px solid var(--td-edge)",
      };
    case "subtle":
      return {
        background: "transparent",
        hover: "var(--td-sunken)",
        color: "var(--td-text)",
        border: "1px solid transparent",
      };
    default:
      return {
        background: "var(--td-surface)",
        hover: "var(--td-sunken)",
        color: "var(--td-text)",
        border: "1px solid var(--td-edge)",
      };
  }
};

const accent: MantineColorsTuple = [
  "#ebedfd",
  "#d3d8fa",
  "#b1baff",
  "#9aa5ff",
  "#7683ee",
  "#5a67dc",
  "#4450c4",
  "#3741ab",
  "#2c3490",
  "#1f2569",
];

export const theme = createTheme({
  colors: { accent },
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 3 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "Noto Sans Mono", monospace',
  defaultRadius: 8,
  cursorType: "pointer",
  respectReducedMotion: true,
  variantColorResolver: variants,
  components: {
    Button: { defaultProps: { variant: "default", size: "sm" } },
    ActionIcon: { defaultProps: { variant: "subtle" } },
    Modal: {
      defaultProps: { transitionProps: { duration: 120, exitDuration: 0 }, overlayProps: { backgroundOpacity: 0.45 } },
    },
    Menu: { defaultProps: { transitionProps: { duration: 80 } } },
  },
});

function mantine(tokens: Tokens): Record<string, string> {
  return {
    ...cssVariables(tokens),
    "--mantine-color-body": tokens.ground,
    "--mantine-color-text": tokens.text,
    "--mantine-color-bright": tokens.text,
    "--mantine-color-dimmed": tokens.muted,
    "--mantine-color-placeholder": tokens.muted,
    "--mantine-color-anchor": tokens.accentText,
    "--mantine-color-default": tokens.surface,
    "--mantine-color-default-hover": tokens.sunken,
    "--mantine-color-default-color": tokens.text,
    "--mantine-color-default-border": tokens.edge,
    "--mantine-color-error": tokens.badText,
    "--mantine-color-disabled": tokens.sunken,
    "--mantine-color-disabled-color": tokens.muted,
    "--mantine-color-disabled-border": tokens.line,
  };
}

export const resolver: CSSVariablesResolver = () => ({
  variables: {},
  light: mantine(light),
  dark: mantine(dark),
});
