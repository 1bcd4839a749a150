"""Makes conda refuse packages that Antivenom did not prove. :mod:`conda_antivenom.plugin` is what conda loads."""

__version__ = "0.1.0"
