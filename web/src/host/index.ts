/** What only client code can do: a closed list, called by name from a page's actions. */
import { useHost } from '../core/runtime'
import { Refusal } from '../core/net'
import { part } from '../core/part'
import { scan, toast } from '../core/ui'
import { update } from '../core/update'
import { word } from '../core/words'

const passkeys = part(() => import('./passkey'))
const pictures = part(() => import('./picture'))

export function openHost(): void {
  useHost(async (name, args, context) => {
    switch (name) {
      case 'passkey.create':
        return { credential: await (await passkeys()).createPasskey(args['options']) }
      case 'passkey.get':
        return { credential: await (await passkeys()).getPasskey(args['options']) }
      case 'picture.save':
        await (await pictures()).savePicture(context)
        toast(word('saved'), 'image')
        return null
      case 'print':
        print()
        return null
      case 'scan': {
        const data = await scan()
        // Giving it up is no fault, but what should follow does not.
        if (data === null) throw new Refusal('REFUSED', 'CLIENT.SCAN_GIVEN_UP', word('scanNothing'))
        return { data }
      }
      case 'update':
        update.take?.()
        return null
    }
  })
}
