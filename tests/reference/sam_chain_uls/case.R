# Mapping by unweighted least squares.
source("../write_sam.R")
data <- read_data("chain.csv")
fit <- sam(read_model(), data = data, local.options = list(M.method = "ULS"))
write_sam(fit)
