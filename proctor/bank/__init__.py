"""What authors write beside a module: known mistakes and other right answers."""

from proctor.bank.bank import Bank, Bug, load
from proctor.bank.forming import forms
from proctor.bank.variants import Variant, variant, variant_text

__all__ = ["Bank", "Bug", "Variant", "forms", "load", "variant", "variant_text"]
