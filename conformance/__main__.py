"""``python -m conformance`` is the ``scim-conformance`` command."""

from conformance.cli import main

raise SystemExit(main())
