/** What only client code can do: a closed list, called by name from a page's actions. */
import { useHost } from '../core/runtime'
import { toast } from '../core/ui'
import { update } from '../core/update'
import { word } from '../core/words'

export function openHost(): void {
  useHost(async (name, args, context) => {
    switch (name) {
      case 'passkey.create':
        return { credential: await (await import('./passkey')).createPasskey(args['options']) }
      case 'passkey.get':
        return { credential: await (await import('./passkey')).getPasskey(args['options']) }
      case 'picture.save':
        await (await import('./picture')).savePicture(context)
        toast(word('saved'), 'image')
        return null
      case 'print':
        print()
        return null
      case 'update':
        update.take?.()
        return null
    }
  })
}
