"""How near a coloured picture is to the truth, and how sure a mean is; pure array functions."""
