import { type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import { Card } from "../../shared/ui/kit";
import css from "./settings.module.css";

const CHOICES: [MantineColorScheme, string][] = [
  ["light", "Light"],
  ["dark", "Dark"],
  ["auto", "As the system has it"],
];

export function Theme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Card title="Theme">
      <fieldset className={css.grants}>
        <legend>Colours on this browser</legend>
        {CHOICES.map(([value, label]) => (
          <label key={value} className={css.check}>
            <input type="radio" name="theme" checked={colorScheme === value} onChange={() => setColorScheme(value)} />
            {label}
          </label>
        ))}
      </fieldset>
    </Card>
  );
}
