import { common } from '../../i18n/common.ts'
import { useText } from '../../i18n/text.ts'
import { Panel } from '../../kit/panel.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import { type StateName, Status } from '../../kit/status.tsx'
import { type Held, heldOf, type Saga } from './lanes.ts'
import { sagaText } from './text.ts'

const looks: Readonly<Record<Held['fit'], StateName>> = {
  match: 'ok',
  differs: 'down',
  'under way': 'waiting',
}

/** What each system should hold, and what it holds as far as is known. */
export function HeldTable({ saga }: { readonly saga: Saga }) {
  const t = useText(sagaText)
  const words = useText(common)
  return (
    <Panel title={t.held} flush>
      <Scroll label={t.held}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{words.system}</th>
              <th scope="col">{t.step}</th>
              <th scope="col">{t.should}</th>
              <th scope="col">{t.is}</th>
              <th scope="col">{t.fit}</th>
            </tr>
          </thead>
          <tbody>
            {heldOf(saga).map(({ step, system, should, is, fit }) => (
              <tr key={step}>
                <td>{system}</td>
                <td>{step}</td>
                <td>{t.shoulds[should]}</td>
                <td>{t.knowns[is]}</td>
                <td>
                  <Status state={looks[fit]}>{t.fits[fit]}</Status>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  )
}
