/** The limits of several owners below one another, each with its use and the way to change them. */
import type { Limit } from "@switchyard/shared/domain/limit";
import type { LimitUsageRow } from "@switchyard/shared/wire/console/limits";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/button.tsx";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import { TABLE } from "../ui/table.ts";
import { LimitList } from "./limit-list.tsx";

export interface LimitsOwner {
  readonly id: string;
  readonly name: string;
  readonly limits: readonly Limit[];
  /** Undefined while it is not known. */
  readonly usage: readonly LimitUsageRow[] | undefined;
}

interface LimitsTableProps<T extends LimitsOwner> {
  readonly label: string;
  /** What an owner is. */
  readonly head: string;
  readonly owners: readonly T[];
  /** Undefined where the reader may not. */
  readonly onEdit: ((owner: T) => void) | undefined;
}

export function LimitsTable<T extends LimitsOwner>({ label, head, owners, onEdit }: LimitsTableProps<T>) {
  const { t } = useTranslation();
  return (
    <ScrollRegion label={label} className="-mx-4 -mb-4 mt-3 overflow-x-auto border-t border-line">
      <table className={TABLE.table} aria-label={label}>
        <thead>
          <tr>
            <th scope="col" className={TABLE.head}>
              {head}
            </th>
            <th scope="col" className={TABLE.head}>
              {t("limits.title")}
            </th>
            <th scope="col" className={TABLE.headNumber}>
              <span className="sr-only">{t("limits.edit")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {owners.map((owner) => (
            <tr key={owner.id} className={TABLE.row}>
              <th scope="row" className={`${TABLE.cell} text-left font-normal`}>
                {owner.name}
              </th>
              <td className={TABLE.cell}>
                <LimitList limits={owner.limits} usage={owner.usage} />
              </td>
              <td className={`${TABLE.cell} text-right`}>
                <Button disabled={onEdit === undefined} aria-label={t("limits.editOf", { name: owner.name })} onClick={() => onEdit?.(owner)}>
                  {t("limits.edit")}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
