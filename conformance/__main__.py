"""``python -m conformance`` is the ``scim-conformance`` command."""

from conformance.commands.main import main

raise SystemExit(main())
