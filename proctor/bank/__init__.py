"""What authors write beside a module: known mistakes and other right answers."""

from proctor.bank.bank import Bank, Bug, Variant, load, variant, variant_text

__all__ = ["Bank", "Bug", "Variant", "load", "variant", "variant_text"]
