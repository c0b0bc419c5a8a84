"""Pictures in colour that say how another picture is to be coloured."""
