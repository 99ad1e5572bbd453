/** What a forecast came to, as it is told. */
import type { Forecast } from '../hunt/forecast.ts';
import type { ToldForecast } from './asked.ts';

/** @param share of what there was to read, how much was read when it was last looked at */
export function toldForecast({ summary, ...told }: Forecast, budgetMs: number, share: number): ToldForecast {
  const over = `its time of ${budgetMs / 1000} s was over when ${Math.floor(share * 100)} % of it had been read`;
  const reason = summary.complete ? `${summary.hunt.missing} events could not be read` : over;
  return { ...told, reason: told.exact ? null : `${reason}: there may be more hits`, summary };
}
