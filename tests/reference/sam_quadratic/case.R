# A response surface: two squares and a product, and functions of them.
source("../write_sam.R")
align_products()
data <- read_data("latent_quadratic.csv")
fit <- sam(read_model(), data = data)
write_sam(fit)
